//! What a gloved finger chooses on the form, in the order it is offered.

use super::word::chosen;

chosen! {
    /// 主訴
    Complaint {
        Unresponsive = "unresponsive", "意識なし", "Unresponsive";
        NotBreathing = "not_breathing", "呼吸なし", "Not breathing";
        ChestPain = "chest_pain", "胸痛", "Chest pain";
        Dyspnoea = "dyspnoea", "呼吸困難", "Short of breath";
        Palpitation = "palpitation", "動悸", "Palpitations";
        Syncope = "syncope", "失神", "Fainted";
        Headache = "headache", "頭痛", "Headache";
        Weakness = "weakness", "麻痺・脱力", "Weakness";
        Speech = "speech", "ことばの障害", "Speech disturbed";
        Dizziness = "dizziness", "めまい", "Dizziness";
        Convulsion = "convulsion", "けいれん", "Convulsion";
        AbdominalPain = "abdominal_pain", "腹痛", "Abdominal pain";
        BackPain = "back_pain", "背部痛・腰痛", "Back pain";
        Vomiting = "vomiting", "嘔気・嘔吐", "Vomiting";
        Haematemesis = "haematemesis", "吐血・下血", "Blood vomited or passed";
        Fever = "fever", "発熱", "Fever";
        Malaise = "malaise", "倦怠感", "Malaise";
        Injury = "injury", "けが", "Injury";
        Bleeding = "bleeding", "出血", "Bleeding";
        Allergy = "allergy", "アレルギー症状", "Allergic reaction";
        Poisoning = "poisoning", "中毒・誤飲", "Poisoning";
        Labour = "labour", "陣痛・分娩", "Labour";
        Pregnancy = "pregnancy", "妊娠中の異常", "Trouble in pregnancy";
        Psychiatric = "psychiatric", "精神症状", "Psychiatric";
        Other = "other", "その他", "Other";
    }
}

chosen! {
    /// 受傷機転
    Mechanism {
        Car = "car", "自動車乗車中", "Occupant of a car";
        Motorcycle = "motorcycle", "二輪車", "Motorcycle";
        Bicycle = "bicycle", "自転車", "Bicycle";
        Pedestrian = "pedestrian", "歩行者の交通事故", "Pedestrian struck";
        Ejected = "ejected", "車外放出", "Ejected from a vehicle";
        Trapped = "trapped", "閉じ込め・長時間救出", "Trapped";
        FellHigh = "fell_high", "高所墜落", "Fall from a height";
        FellStairs = "fell_stairs", "階段からの転落", "Fall on stairs";
        FellLevel = "fell_level", "転倒", "Fall on the level";
        Crushed = "crushed", "挟圧・下敷き", "Crushed";
        Machine = "machine", "機械への巻き込まれ", "Caught in a machine";
        Stabbed = "stabbed", "刺創・切創", "Stabbed or cut";
        Shot = "shot", "銃創", "Shot";
        Burned = "burned", "熱傷・火災", "Burn or fire";
        Exploded = "exploded", "爆発", "Explosion";
        Drowned = "drowned", "溺水", "Drowning";
        Hanged = "hanged", "縊頸", "Hanging";
        Electric = "electric", "感電・落雷", "Electricity";
        Heat = "heat", "熱中症の環境", "Heat";
        Cold = "cold", "低温環境", "Cold";
        Choked = "choked", "窒息", "Choking";
        Bitten = "bitten", "動物・昆虫", "Animal or insect";
        Assault = "assault", "加害", "Assault";
        SelfHarm = "self_harm", "自損", "Self-harm";
        None = "none", "外傷なし（急病）", "No injury (illness)";
    }
}

chosen! {
    /// 損傷・所見
    Finding {
        NoPulse = "no_pulse", "脈触れず", "No pulse";
        NoBreath = "no_breath", "呼吸なし・死戦期呼吸", "Not breathing or gasping";
        Pale = "pale", "顔面蒼白", "Pale";
        ColdSweat = "cold_sweat", "冷汗・冷感", "Cold and clammy";
        Cyanosis = "cyanosis", "チアノーゼ", "Cyanosis";
        StElevation = "st_elevation", "心電図ST上昇", "ST elevation";
        StDepression = "st_depression", "心電図ST低下", "ST depression";
        Arrhythmia = "arrhythmia", "不整脈", "Arrhythmia";
        FaceDroop = "face_droop", "顔面のゆがみ", "Face droops";
        ArmDrift = "arm_drift", "上肢の脱落", "Arm drifts";
        SpeechOff = "speech_off", "構音障害・失語", "Speech abnormal";
        Gaze = "gaze", "共同偏視", "Gaze deviates";
        WorstHeadache = "worst_headache", "突然の激しい頭痛", "Sudden worst headache";
        NeckStiff = "neck_stiff", "項部硬直", "Neck stiff";
        Convulsing = "convulsing", "けいれん持続", "Still convulsing";
        Wheeze = "wheeze", "喘鳴", "Wheeze";
        Crackles = "crackles", "湿性ラ音", "Crackles";
        Urticaria = "urticaria", "蕁麻疹・紅斑", "Urticaria";
        InfectionSuspected = "infection_suspected", "感染が疑われる", "Infection suspected";
        HeadWound = "head_wound", "頭部外傷", "Head injury";
        OpenSkull = "open_skull", "頭蓋の開放骨折・陥没", "Open or depressed skull fracture";
        FlailChest = "flail_chest", "フレイルチェスト", "Flail chest";
        ChestWound = "chest_wound", "胸部の穿通創・皮下気腫", "Penetrating chest wound or emphysema";
        AbdomenTender = "abdomen_tender", "腹部膨隆・筋性防御", "Abdomen distended or guarded";
        PenetratingTrunk = "penetrating_trunk", "頭頸部・体幹の穿通創", "Penetrating wound of head, neck or trunk";
        PelvisUnstable = "pelvis_unstable", "骨盤動揺", "Pelvis unstable";
        LongBones = "long_bones", "両側大腿骨・長管骨2本以上の骨折", "Two or more long bones broken";
        Amputation = "amputation", "四肢切断", "Amputation";
        SpinalParalysis = "spinal_paralysis", "四肢の麻痺（外傷）", "Paralysis after injury";
        BurnLarge = "burn_large", "広範囲熱傷・気道熱傷", "Large or airway burn";
        Haemorrhage = "haemorrhage", "活動性出血", "Active bleeding";
        Fracture = "fracture", "骨折の疑い", "Fracture suspected";
        VaginalBleeding = "vaginal_bleeding", "性器出血", "Vaginal bleeding";
        WatersBroke = "waters_broke", "破水", "Waters broke";
        Crowning = "crowning", "発露・児頭娩出", "Crowning";
        Born = "born", "出生（車内・現場）", "Born on the way";
        Other = "other", "その他", "Other";
    }
}

chosen! {
    /// 処置
    Treatment {
        Oxygen = "oxygen", "酸素投与", "Oxygen";
        Airway = "airway", "気道確保（用手・エアウェイ）", "Airway opened";
        Suction = "suction", "吸引", "Suction";
        Bag = "bag", "人工呼吸（BVM）", "Bag-mask ventilation";
        Supraglottic = "supraglottic", "声門上気道デバイス", "Supraglottic airway";
        Intubation = "intubation", "気管挿管", "Intubation";
        Compressions = "compressions", "胸骨圧迫", "Chest compressions";
        Bystander = "bystander", "バイスタンダーCPR", "Bystander CPR";
        Aed = "aed", "除細動", "Defibrillation";
        Rosc = "rosc", "心拍再開", "Circulation returned";
        Line = "line", "静脈路確保・輸液", "Intravenous line";
        Adrenaline = "adrenaline", "アドレナリン投与", "Adrenaline";
        Epipen = "epipen", "エピペン", "Adrenaline pen";
        Glucose = "glucose", "ブドウ糖投与", "Glucose";
        Ecg = "ecg", "12誘導心電図", "12-lead ECG";
        Pressure = "pressure", "圧迫止血", "Pressure on wound";
        Tourniquet = "tourniquet", "ターニケット", "Tourniquet";
        Collar = "collar", "頸椎固定", "Cervical collar";
        Board = "board", "全脊柱固定", "Spinal board";
        Splint = "splint", "副子固定", "Splint";
        Pelvic = "pelvic", "骨盤固定", "Pelvic binder";
        Dressing = "dressing", "被覆", "Dressing";
        Warm = "warm", "保温", "Warming";
        Cool = "cool", "冷却", "Cooling";
        Position = "position", "体位管理", "Positioning";
        Delivery = "delivery", "分娩介助", "Delivery";
        Other = "other", "その他", "Other";
    }
}

chosen! {
    /// What the hospital has to get ready for besides the illness.
    Label {
        Infection = "infection", "感染対策", "Infection control";
        Decontamination = "decontamination", "除染", "Decontamination";
        Safety = "safety", "安全注意", "Safety";
        Police = "police", "警察対応", "Police";
        Interpreter = "interpreter", "通訳", "Interpreter";
        SignLanguage = "sign_language", "手話・筆談", "Sign language or writing";
        Wishes = "wishes", "心肺蘇生を望まない意思表示", "Do not resuscitate shown";
        Doctor = "doctor", "医師同乗", "Doctor on board";
        Family = "family", "家族同乗", "Family on board";
        Alone = "alone", "付添いなし", "Nobody with the patient";
        Heavy = "heavy", "大柄・複数人搬送", "Heavy";
        Device = "device", "人工呼吸器・在宅機器", "Ventilator or home device";
    }
}

chosen! {
    /// 重症度・緊急度
    Acuity {
        Red = "red", "赤（緊急）", "Red (immediate)";
        Yellow = "yellow", "黄（準緊急）", "Yellow (urgent)";
        Green = "green", "緑（低緊急）", "Green (less urgent)";
        White = "white", "白（非緊急）", "White (not urgent)";
    }
}

impl Acuity {
    /// The digit beside the word.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Red => 1,
            Self::Yellow => 2,
            Self::Green => 3,
            Self::White => 4,
        }
    }

    /// The shape beside the word: no two are alike without colour.
    #[must_use]
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Red => "▲",
            Self::Yellow => "■",
            Self::Green => "●",
            Self::White => "○",
        }
    }
}

chosen! {
    /// トリアージ区分
    Triage {
        Red = "red", "赤 I（最優先）", "Red I (immediate)";
        Yellow = "yellow", "黄 II（待機）", "Yellow II (delayed)";
        Green = "green", "緑 III（保留）", "Green III (minor)";
        Black = "black", "黒 0（救命困難・死亡）", "Black 0 (dead or beyond rescue)";
    }
}

impl Triage {
    /// The numeral on the tag.
    #[must_use]
    pub const fn numeral(self) -> &'static str {
        match self {
            Self::Red => "I",
            Self::Yellow => "II",
            Self::Green => "III",
            Self::Black => "0",
        }
    }

    /// The shape beside the word: no two are alike without colour.
    #[must_use]
    pub const fn shape(self) -> &'static str {
        match self {
            Self::Red => "▲",
            Self::Yellow => "■",
            Self::Green => "●",
            Self::Black => "✚",
        }
    }
}

chosen! {
    /// 応需不可の理由
    DeclineReason {
        Beds = "beds", "ベッド満床", "No bed";
        Busy = "busy", "手術中・患者対応中", "Operating or with patients";
        Specialty = "specialty", "専門外", "Not our specialty";
        Beyond = "beyond", "処置困難", "Treatment beyond us";
        NoDoctor = "no_doctor", "医師不在", "No doctor";
        Equipment = "equipment", "設備・検査の停止", "Equipment out of order";
        Disaster = "disaster", "災害対応中", "Disaster";
        Other = "other", "その他", "Other";
    }
}

impl DeclineReason {
    /// Whether it says nothing without a note.
    #[must_use]
    pub const fn needs_note(self) -> bool {
        matches!(self, Self::Other)
    }
}

chosen! {
    /// Why a run ended without a handover.
    WhyEnded {
        NotTransported = "not_transported", "不搬送", "Not transported";
        Refused = "refused", "搬送辞退", "Patient refused transport";
        OtherCrew = "other_crew", "他隊が搬送", "Another crew transports";
        Dead = "dead", "死亡（不搬送）", "Dead at the scene";
        Double = "double", "重複して開始", "Begun twice";
        Mistaken = "mistaken", "誤って開始", "Begun by mistake";
        Withdrawn = "withdrawn", "出動取消し", "Run called off";
    }
}

chosen! {
    /// 年齢の目安
    AgeBand {
        Newborn = "newborn", "新生児（28日未満）", "Newborn (under 28 days)";
        Infant = "infant", "乳児（1歳未満）", "Infant (under 1)";
        Toddler = "toddler", "幼児（1〜6歳）", "1–6 years";
        Child = "child", "小児（7〜14歳）", "7–14 years";
        Youth = "youth", "15〜19歳", "15–19 years";
        Twenties = "20s", "20代", "20s";
        Thirties = "30s", "30代", "30s";
        Forties = "40s", "40代", "40s";
        Fifties = "50s", "50代", "50s";
        Sixties = "60s", "60代", "60s";
        Seventies = "70s", "70代", "70s";
        Eighties = "80s", "80代", "80s";
        Nineties = "90s", "90歳以上", "90 or over";
    }
}

chosen! {
    /// The last four parts of the handover, which the record can fill.
    Part {
        Allergies = "allergies", "アレルギー", "Allergies";
        Medications = "medications", "薬剤", "Medications";
        Background = "background", "背景", "Background";
        Other = "other", "その他", "Other";
    }
}

chosen! {
    /// What became of a line of the record.
    Standing {
        Proposed = "proposed", "記録より・要確認", "From the record, to be confirmed";
        Confirmed = "confirmed", "確認済み", "Confirmed";
        Struck = "struck", "取消し", "Struck";
    }
}

chosen! {
    /// The times of a run, in their order.
    TimePoint {
        Called = "called", "覚知", "Called";
        Arrived = "arrived", "現着", "At the scene";
        Contacted = "contacted", "接触", "With the patient";
        Departed = "departed", "現発", "Left the scene";
        Hospital = "hospital", "病着", "At the hospital";
    }
}

chosen! {
    /// What is measured in one set of vital signs.
    Sign {
        Consciousness = "consciousness", "意識", "Consciousness";
        Breathing = "breathing", "呼吸数", "Breathing rate";
        Pulse = "pulse", "脈拍", "Pulse";
        Pressure = "pressure", "血圧", "Blood pressure";
        Saturation = "saturation", "SpO2", "SpO2";
        Temperature = "temperature", "体温", "Temperature";
        Pupils = "pupils", "瞳孔", "Pupils";
        Glucose = "glucose", "血糖", "Blood glucose";
    }
}
